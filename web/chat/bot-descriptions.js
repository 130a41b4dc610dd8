// @ts-check
/** @import { ConversationsClient } from "../client/dist/index.js" */

/** What the bots say about themselves, for example which language model they use. Visitors cannot list bots. */
export class BotDescriptions {
  #client;
  #onLoaded;
  /** @type {Map<string, string>} The descriptions by the names of the bots. */
  #descriptions = new Map();

  /**
   * @param {ConversationsClient} client
   * @param {() => void} onLoaded
   */
  constructor(client, onLoaded) {
    this.#client = client;
    this.#onLoaded = onLoaded;
  }

  /** Load the descriptions. Without them the page only shows the names. */
  async load() {
    const bots = await this.#client.api.listBots().catch(() => []);
    this.#descriptions = new Map(bots.map(({ name, description }) => [name, description]));
    this.#onLoaded();
  }

  /**
   * @param {string} botName
   * @returns {string} The description; empty if there is none.
   */
  find(botName) {
    return this.#descriptions.get(botName) ?? "";
  }
}
