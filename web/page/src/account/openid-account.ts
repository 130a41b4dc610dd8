/**
 * Users of an OpenID provider, who sign in on its pages: authorization code with PKCE. It is loaded when it is needed.
 *
 * @module
 */

import { ErrorResponse, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { SignedOutError } from "../../../client/src/errors.ts";
import type { SignIn } from "../config.ts";
import { type Account, RENEW_BEFORE_S } from "./account.ts";
import type { Return } from "./sign-in.ts";

/** A user of an OpenID provider. */
class OpenIdAccount implements Account {
  readonly #manager: UserManager;
  #user: User;
  #renewal: Promise<void> | null = null;

  constructor(manager: UserManager, user: User) {
    this.#manager = manager;
    this.#user = user;
  }

  get id(): string {
    return this.#user.profile.sub;
  }

  get name(): string {
    const { name, preferred_username: username, email, sub } = this.#user.profile;
    const cognitoName = this.#user.profile["cognito:username"];
    return name ?? username ?? email ?? (typeof cognitoName === "string" ? cognitoName : sub);
  }

  async getToken({ fresh }: { readonly fresh: boolean }): Promise<string> {
    if (fresh || (this.#user.expires_in ?? Infinity) < RENEW_BEFORE_S) {
      this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
      await this.#renewal;
    }
    return this.#user.access_token;
  }

  async forget(): Promise<void> {
    await this.#manager.removeUser();
  }

  async signOut(): Promise<void> {
    const { metadataService, settings } = this.#manager;
    const metadata = await metadataService.getMetadata().catch(() => null);
    // An expired or revoked token cannot be revoked, and the user wants to leave in any case.
    if (metadata?.revocation_endpoint) await this.#manager.revokeTokens(["refresh_token"]).catch(() => undefined);
    if (!metadata?.end_session_endpoint) return this.forget();
    // Cognito's names of what OpenID Connect calls post_logout_redirect_uri.
    const extraQueryParams = { client_id: settings.client_id, logout_uri: settings.redirect_uri };
    await this.#manager.signoutRedirect({ extraQueryParams });
  }

  /**
   * Get a token with the refresh token. Frames with the provider's page are no alternative: browsers keep its cookies
   * from it, and this page may be in no frame.
   */
  async #renew(): Promise<void> {
    if (!this.#user.refresh_token) return this.#end();
    try {
      this.#user = (await this.#manager.signinSilent()) ?? this.#user;
    } catch (error) {
      if (error instanceof ErrorResponse) return this.#end();
      throw error;
    }
  }

  async #end(): Promise<never> {
    await this.forget();
    throw new SignedOutError();
  }
}

/** Go to the page of the provider. */
export async function redirect(signIn: SignIn, language: string, back: Return): Promise<void> {
  await createManager(signIn).signinRedirect({ state: back, ui_locales: language });
}

/**
 * Finish the sign-in after the provider's page.
 *
 * @returns The user, `null` if they have cancelled or the sign-in has failed, and what the page was doing before.
 */
export async function finish(signIn: SignIn): Promise<{ account: Account | null; back: Return | null }> {
  const manager = createManager(signIn);
  try {
    const user = await manager.signinRedirectCallback();
    return { account: new OpenIdAccount(manager, user), back: user.state as Return };
  } catch (error) {
    console.warn(error);
    return { account: null, back: error instanceof ErrorResponse ? (error.state as Return) : null };
  }
}

/** Return the user who has signed in before a reload. */
export async function restore(signIn: SignIn): Promise<Account | null> {
  const manager = createManager(signIn);
  const user = await manager.getUser();
  return user === null ? null : new OpenIdAccount(manager, user);
}

function createManager({ issuer, client_id: clientId, scope }: SignIn): UserManager {
  const page = location.origin + location.pathname;
  const userStore = new WebStorageStateStore({ store: sessionStorage });
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: page,
    post_logout_redirect_uri: page,
    scope: scope ?? "openid",
    userStore,
    stateStore: userStore,
    // The page renews a token when it needs one.
    automaticSilentRenew: false,
  });
}
