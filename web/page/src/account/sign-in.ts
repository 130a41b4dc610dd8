/**
 * Signing in: as a demo user, or on the page of an OpenID provider.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { getTabStorage } from "../storage.ts";
import type { Account } from "./account.ts";
import { DemoAccount } from "./demo-account.ts";

/** What the page was doing before the user went to the page of the provider. */
export interface Return {
  /** The part of the address after `#`. */
  readonly hash: string;
  /** Whether the visitor's conversation becomes the user's. */
  readonly claims: boolean;
}

/** Who uses the page when it is opened. */
export interface Start {
  /** `null` for a visitor. */
  readonly account: Account | null;
  /** Set after a sign-in on the page of the provider. */
  readonly back: Return | null;
  /** Whether a sign-in has failed. */
  readonly hasFailed: boolean;
}

/** Return who uses the page: after a reload, or after a sign-in on the page of the provider. */
export async function restoreAccount({ sign_in: signIn }: Config): Promise<Start> {
  const demo = DemoAccount.restore();
  if (signIn === undefined || demo !== null) return { account: demo, back: null, hasFailed: false };
  const parameters = new URLSearchParams(location.search);
  if (parameters.has("state") && (parameters.has("code") || parameters.has("error"))) {
    const { account, back } = await (await loadOpenId()).finish(signIn);
    history.replaceState(null, "", location.pathname + (back?.hash ?? ""));
    return { account, back, hasFailed: account === null && parameters.get("error") !== "access_denied" };
  }
  const isStored = getTabStorage()?.getItem(`oidc.user:${signIn.issuer}:${signIn.client_id}`) != null;
  return { account: isStored ? await (await loadOpenId()).restore(signIn) : null, back: null, hasFailed: false };
}

/** Leave the page for that of the provider. */
export async function redirectToProvider({ sign_in: signIn }: Config, language: string, claims: boolean): Promise<void> {
  if (signIn === undefined) return;
  await (await loadOpenId()).redirect(signIn, language, { hash: location.hash, claims });
}

/** The library is as large as the rest of the page. */
const loadOpenId = (): Promise<typeof import("./openid-account.ts")> => import("./openid-account.ts");
