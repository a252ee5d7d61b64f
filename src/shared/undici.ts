/** The HTTP client, imported lazily through here: a bundle gives a CommonJS package's names only to a static import. */
export { Agent, EnvHttpProxyAgent, Pool } from "undici";
