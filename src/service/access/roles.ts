/**
 * Who may do what: one row a route. A route without a row is nobody's, and a test asks for a row of each.
 */
export const roles = ["reader", "annotator", "administrator", "machine"] as const;
export type Role = (typeof roles)[number];

interface Rule {
  /** Who may; "anyone" needs no account. */
  readonly may: readonly Role[] | "anyone";
  /** What the audit log calls it; what has none is not logged. */
  readonly audited?: string;
}

const everybody = roles;
const readers = ["reader", "annotator", "administrator"] as const;
const annotators = ["annotator", "administrator"] as const;
const senders = ["annotator", "administrator", "machine"] as const;
const watchers = ["administrator", "machine"] as const;

const rules: Readonly<Record<string, Rule>> = {
  "GET /api/health": { may: everybody },
  "GET /api/ready": { may: "anyone" },
  "GET /api/session": { may: "anyone" },
  // These log by themselves: who it is comes out of them.
  "POST /api/session": { may: "anyone" },
  "DELETE /api/session": { may: "anyone" },
  "GET /api/session/openid": { may: "anyone" },
  "GET /api/session/openid/callback": { may: "anyone" },
  "GET /api/openapi.json": { may: everybody },
  "GET /api/metrics": { may: watchers },
  "GET /api/model": { may: everybody },
  "GET /api/events": { may: everybody },
  "GET /api/studies": { may: everybody },
  "POST /api/studies": { may: senders, audited: "sent" },
  "GET /api/studies/:id": { may: everybody, audited: "opened" },
  "DELETE /api/studies/:id": { may: ["administrator"], audited: "removed" },
  "POST /api/studies/:id/diagnosis": { may: senders, audited: "had diagnosed again" },
  "GET /api/studies/:id/volume": { may: everybody, audited: "opened images" },
  "GET /api/studies/:id/attention": { may: everybody },
  "GET /api/studies/:id/results/:name": { may: everybody, audited: "exported" },
  "GET /api/studies/:id/annotation": { may: everybody },
  "PUT /api/studies/:id/annotation": { may: annotators, audited: "annotated" },
  "GET /api/studies/:id/annotation.dcm": { may: everybody, audited: "exported" },
  "GET /api/studies/:id/dicom.zip": { may: everybody, audited: "exported" },
  "GET /api/studies/:id/dicom/:name": { may: everybody, audited: "exported" },
  "GET /api/studies/:id/verdicts": { may: everybody },
  "POST /api/studies/:id/verdicts": { may: readers, audited: "judged" },
  "GET /api/studies/:id/measurements": { may: everybody },
  "PUT /api/studies/:id/measurements": { may: readers, audited: "measured" },
};

/** @param url the route's pattern, not the address that was asked for */
export const ruleOf = (method: string, url: string): Rule | undefined =>
  rules[`${method === "HEAD" ? "GET" : method} ${url}`];
