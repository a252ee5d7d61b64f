/** The HTTP client, imported lazily through here: a bundle gives a CommonJS package's names only to a static import. */
export { Agent, buildConnector, EnvHttpProxyAgent, Pool } from "undici";
