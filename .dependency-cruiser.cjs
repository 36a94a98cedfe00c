/**
 * The arrows of the house: a room may use the rooms before it in this list, never one after it.
 * Browser rooms touch no Node API; what needs Node lives in their `node/` folder, behind its own door.
 */
const rooms = [
  "volume",
  "graph",
  "model",
  "diagnosis",
  "evaluation",
  "reports",
  "cohort",
  "phantom",
  "training",
  "results",
  "library",
  "experiment",
  "service",
  "cli",
];
const browserRooms = ["volume", "graph", "model", "diagnosis", "evaluation", "reports"];

module.exports = {
  forbidden: [
    ...rooms.slice(0, -1).map((room, index) => ({
      name: `${room}-uses-no-later-room`,
      severity: "error",
      from: { path: `^src/${room}/`, pathNot: "\\.test\\.ts$" },
      to: { path: `^src/(${rooms.slice(index + 1).join("|")})/` },
    })),
    {
      name: "foundation-uses-no-room",
      severity: "error",
      from: { path: "^src/[^/]+\\.ts$", pathNot: "\\.test\\.ts$|^src/index\\.ts$" },
      to: { path: "^src/[^/]+/" },
    },
    {
      name: "browser-rooms-touch-no-node-api",
      severity: "error",
      from: { path: `^src/((${browserRooms.join("|")})/|[^/]+\\.ts$)`, pathNot: "(^src/[^/]+/node/|\\.test\\.ts$)" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "browser-rooms-stay-out-of-node-folders",
      severity: "error",
      from: { path: `^src/(${browserRooms.join("|")})/`, pathNot: "(^src/[^/]+/node/|\\.test\\.ts$)" },
      to: { path: "^src/[^/]+/node/" },
    },
    {
      name: "web-imports-browser-rooms-only",
      severity: "error",
      from: { path: "^web/", pathNot: "\\.test\\.ts$" },
      to: {
        path: `^src/(?!(${browserRooms.join("|")})/)[^/]+/|^src/[^/]+/node/`,
        pathNot: "^src/service/schema\\.ts$",
      },
    },
    {
      name: "the-package-opens-browser-rooms-only",
      severity: "error",
      from: { path: "^src/index\\.ts$" },
      to: { path: `^src/(?!(${browserRooms.join("|")})/)[^/]+/|^src/[^/]+/node/`, pathNot: "^src/[^/]+\\.ts$" },
    },
    { name: "no-circles", severity: "error", from: { path: "^src/" }, to: { circular: true } },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    // The parser knows no JSX; what the views import is what their .ts neighbours import. Nor does it know AssemblyScript.
    exclude: { path: "(^|/)dist/|/assembly/|\\.tsx$" },
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".js", ".mjs"] },
  },
};
