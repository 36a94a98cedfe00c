/**
 * The service room: the reading room's server, its API and its jobs, over one data folder.
 *
 *     const server = await startService({ data: "reading-room", host: "127.0.0.1", port: 8042, … });
 *     console.log(server.address);
 */

export { Accounts } from "./access/accounts.ts";
export { type Role, roles } from "./access/roles.ts";
export { verifyAudit } from "./audit.ts";
export { addDemonstration } from "./demonstration.ts";
export { usualLimits } from "./routes/uploads.ts";
export { type RunningService, type ServiceSettings, startService } from "./server.ts";
