/**
 * Every fault of the sandbox on every step of upload and download: `npm run test:faults [-- --lanes 6]`. Other arguments go to vitest
 * (`-t "PUT of a part"`). Writes the table in docs/reliability.md when all of it ran. Closes as scripts/test.mjs does.
 */
import { runSoak } from "./run-soak.mjs";

runSoak("faults", { lanes: "FAULT_LANES" });
