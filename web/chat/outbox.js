// @ts-check
import { recall, remember } from "./storage.js";

const PLACE = "outbox";
const ACKNOWLEDGED_WITHIN_MS = 15_000;
const TRIES = 3;

/**
 * What was written and is not yet acknowledged. One message is under way at a time, so that the
 * server stores them in the order they were written: it may handle the frames of one socket side
 * by side. After a lost connection the same message goes out under the same `client_message_id`,
 * which the server stores once.
 *
 * @typedef {object} Letter
 * @property {string} clientId
 * @property {string | null} key The conversation; `null` until the server has named one.
 * @property {string} content
 * @property {string} shown What the screen says, where a suggestion's text differs from its value.
 * @property {string} timestamp
 * @property {number} tries
 * @property {string} [reason] Set once it has failed; it then waits for `retry`.
 *
 * @typedef {object} Carrier
 * @property {(letter: Letter) => boolean} transmit
 * @property {() => void} onSilence The server acknowledged nothing: the connection is suspect.
 * @property {(letter: Letter) => void} onFailed
 */
export class Outbox {
  /** @type {Letter[]} */
  letters;
  #carrier;
  /** @type {Letter | null} */
  #underway = null;
  #timer = 0;

  /** @param {Carrier} carrier */
  constructor(carrier) {
    this.#carrier = carrier;
    this.letters = recall(PLACE) ?? [];
  }

  /** @param {Letter} letter */
  add(letter) {
    this.letters.push(letter);
    this.#save();
    this.pump();
  }

  /** @param {string} clientId */
  retry(clientId) {
    const letter = this.#find(clientId);
    if (!letter) return;
    letter.reason = undefined;
    letter.tries = 0;
    this.#save();
    this.pump();
  }

  /** Send the next one, if there is one and nothing is under way. */
  pump() {
    if (this.#underway) return;
    const next = this.letters.find((letter) => letter.reason === undefined);
    if (!next || !this.#carrier.transmit(next)) return;
    next.tries++;
    this.#underway = next;
    this.#timer = setTimeout(() => this.#silence(next), ACKNOWLEDGED_WITHIN_MS);
  }

  /** The connection is gone: whatever was under way goes again over the next one. */
  interrupted() {
    clearTimeout(this.#timer);
    this.#underway = null;
  }

  /** @param {string} clientId */
  delivered(clientId) {
    this.letters = this.letters.filter((letter) => letter.clientId !== clientId);
    this.#next(clientId);
  }

  /**
   * @param {string} clientId
   * @param {string} reason
   */
  failed(clientId, reason) {
    const letter = this.#find(clientId);
    if (letter) {
      letter.reason = reason;
      this.#carrier.onFailed(letter);
    }
    this.#next(clientId);
  }

  /**
   * Those of one conversation that have nowhere to go yet, or whose conversation has ended, go to another.
   *
   * @param {string | null} from
   * @param {string} to
   */
  readdress(from, to) {
    for (const letter of this.letters) if (letter.key === from) letter.key = to;
    this.#save();
  }

  /** @param {string | null} key The conversation is gone, and what was meant for it with it. */
  abandon(key) {
    this.interrupted();
    this.letters = this.letters.filter((letter) => letter.key !== key);
    this.#save();
    this.pump();
  }

  clear() {
    this.interrupted();
    this.letters = [];
    this.#save();
  }

  /** @param {Letter} letter */
  #silence(letter) {
    this.interrupted();
    if (letter.tries >= TRIES) this.failed(letter.clientId, "The server did not confirm it");
    else this.#carrier.onSilence();
  }

  /** @param {string} clientId */
  #next(clientId) {
    this.#save();
    if (this.#underway?.clientId === clientId) this.interrupted();
    this.pump();
  }

  /** @param {string} clientId */
  #find(clientId) {
    return this.letters.find((letter) => letter.clientId === clientId);
  }

  #save() {
    remember(PLACE, this.letters.length ? this.letters : null);
  }
}
