/**
 * The address of a conversation on the page: `#/c/conv-…`. What follows `#` is not sent to servers.
 *
 * @module
 */

const ROUTE = /^#\/c\/(conv-[\w-]{1,64})$/;

/** Return the conversation that an address names; `null` if it names none. */
export const parseRoute = (hash: string): string | null => ROUTE.exec(hash)?.[1] ?? null;

/** Return the address of a conversation. */
export const formatRoute = (id: string): string => `#/c/${id}`;
