/**
 * The configuration of the deployment, `config.json`.
 *
 * @module
 */

/** An OpenID provider of which users sign in on the pages. */
export interface SignIn {
  /** The URL under which the provider publishes `.well-known/openid-configuration`. */
  readonly issuer: string;
  readonly client_id: string;
  readonly scope?: string;
}

/** Without `sign_in` and `demo_users` the page is for visitors only. */
export interface Config {
  readonly api_url: string;
  readonly ws_path: string;
  readonly sign_in?: SignIn;
  readonly demo_users?: readonly { readonly username: string }[];
}

const DEFAULTS: Config = { api_url: "/api", ws_path: "/ws" };

/** Load the configuration; the defaults if the site has no `config.json`. */
export async function loadConfig(): Promise<Config> {
  try {
    const response = await fetch("config.json", { cache: "no-cache" });
    return response.ok ? { ...DEFAULTS, ...((await response.json()) as Partial<Config>) } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}
