/**
 * Report pages: one HTML file with tables, figures and pictures inside, for a desk, a phone and paper. Figures are
 * drawn by Observable Plot without a browser.
 *
 *     const page = reportPage({
 *       title: "Evaluation",
 *       lead: "300 test studies.",
 *       sections: [section("ROC", figures([rocFigure([{ name: "proposed", cases }])]))],
 *     });
 */

export { type EvaluationRequest, evaluateModel } from "./evaluate-model.ts";
export type { ModelEvaluation } from "./evaluation-page.ts";
export * from "./figures.ts";
export { leftOutText } from "./held-out.ts";
export { type Html, html } from "./html.ts";
export * from "./learning-curves.ts";
export * from "./page.ts";
export * from "./pictures.ts";
