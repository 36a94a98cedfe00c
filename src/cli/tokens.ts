/** `embolens tokens`: named tokens of machines, each revocable. */
export { defineTokens as define } from "./users.ts";
