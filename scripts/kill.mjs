/**
 * SIGKILL at random bytes: `npm run test:kill -- [--rounds 200] [--seed 1] [--lanes 2]`. Writes the figures in docs/reliability.md
 * where at least 100 rounds ran. Closes as scripts/test.mjs does.
 */
import { runSoak } from "./run-soak.mjs";

runSoak("kill", { rounds: "KILL_ROUNDS", seed: "KILL_SEED", lanes: "KILL_LANES" });
