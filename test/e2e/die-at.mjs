/**
 * Loaded into the program by `--import`: SIGKILL at the moment that DIE_AT names. `unlink .jsonl`: before a file whose name ends so is
 * removed for the first time; `unlink .part 2`: for the second time; `rename movie.mov`: before a file takes that name; `exit`: when all is
 * done and told.
 */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const [call = "", ending = "", times = "1"] = (process.env.DIE_AT ?? "").split(" ");
const die = () => process.kill(process.pid, "SIGKILL");

if (call === "exit") process.on("exit", die);
else {
  /** @type {Record<string, any>} */
  const calls = fs;
  const real = calls[call];
  let left = Number(times);
  /** @param {...unknown} paths */
  calls[call] = async (...paths) => {
    if (String(paths.at(-1)).endsWith(ending)) left -= 1;
    if (left === 0) die();
    return real(...paths);
  };
  syncBuiltinESMExports();
}
