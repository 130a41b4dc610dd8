/**
 * A signed-in user.
 *
 * @module
 */

/** A user, and the access token with which the page calls the API. */
export interface Account {
  /** The name to show. */
  readonly name: string;
  /** What distinguishes users that share a browser: the page never sends the messages of one as another. */
  readonly id: string;
  /**
   * Return a token that does not expire soon.
   *
   * @param options - `fresh`: the last token was rejected, so a new one is needed.
   * @throws `SignedOutError` if the user has to sign in again.
   */
  getToken(options: { readonly fresh: boolean }): Promise<string>;
  /** Forget the user in this tab. */
  forget(): Promise<void>;
  /** Forget the user, and sign out at the provider too: it may leave the page. */
  signOut(): Promise<void>;
}

/** Seconds before its expiry from which a token is renewed. */
export const RENEW_BEFORE_S = 30;
