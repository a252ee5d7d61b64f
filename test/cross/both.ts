import { type Outcome, Site } from "../e2e/harness.ts";
import { type Answer, OfficialClient } from "./official-client.ts";

/** One sandbox and its two clients. */
export interface Both {
  site: Site;
  client: OfficialClient;
  project: { type: string; id: number; name: string };
  /** Runs sgmedia with `--json`, which has to succeed, and gives its results. */
  sgmedia(...args: string[]): Promise<Answer[]>;
  /** The first of them. */
  one(...args: string[]): Promise<Answer>;
  newVersion(code: string, values?: Record<string, unknown>): Promise<number>;
  stop(): Promise<void>;
}

export async function startBoth(...options: string[]): Promise<Both> {
  const site = await Site.start(...options);
  const client = new OfficialClient(site.ready);
  const { project } = site.ready;
  const sgmedia = async (...args: string[]): Promise<Answer[]> => {
    const outcome: Outcome = await site.run([...args, "--json", "-q"]);
    if (outcome.code !== 0)
      throw new Error(`sgmedia ${args.join(" ")}: ${outcome.code}\n${outcome.stdout}${outcome.stderr}`);
    return outcome.json.results;
  };
  return {
    site,
    client,
    project,
    sgmedia,
    one: async (...args) => {
      const [first, ...others] = await sgmedia(...args);
      if (first === undefined || others.length > 0)
        throw new Error(`sgmedia ${args.join(" ")}: not one result`);
      return first;
    },
    newVersion: async (code, values = {}) =>
      (await client.create("Version", { code, project, ...values })).id,
    async stop() {
      await client.stop();
      await site.stop();
    },
  };
}
