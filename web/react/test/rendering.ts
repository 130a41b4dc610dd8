/** Renders components in a document, against the fake server of the client. */

import assert from "node:assert/strict";
import { after } from "node:test";
import { type ClientOptions, ConversationsClient } from "@general-bots/conversations-client";
import { Window } from "happy-dom";
import { type ReactNode, StrictMode, act, createElement } from "react";
import type { Root } from "react-dom/client";
import { FakeServer } from "../../client/test/server.ts";

const window = new Window();
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
// React looks for the document when it is imported.
const { createRoot, hydrateRoot } = await import("react-dom/client");

const roots: Root[] = [];
after(() => act(() => roots.forEach((root) => root.unmount())));

export class Page {
  readonly server = new FakeServer();
  readonly element = document.createElement("main");
  #root: Root | null = null;

  createClient(options: Partial<ClientOptions> = {}): ConversationsClient {
    const urls = { apiUrl: "https://api.test/api", wsUrl: "wss://api.test/ws" };
    return new ConversationsClient({ ...urls, platform: this.server.platform, ...options });
  }

  createUserClient(): ConversationsClient {
    return this.createClient({ token: () => Promise.resolve("token") });
  }

  get text(): string {
    return this.element.textContent ?? "";
  }

  /** Render in strict mode, and run the effects and the requests. */
  async render(node: ReactNode): Promise<void> {
    if (this.#root === null) roots.push((this.#root = createRoot(this.element)));
    await this.act(() => this.#root?.render(createElement(StrictMode, null, node)));
  }

  /** Take over what a server has rendered; what differs is an error. */
  async hydrate(html: string, node: ReactNode): Promise<void> {
    this.element.innerHTML = html;
    const onRecoverableError = (error: unknown): void => assert.fail(String(error));
    await this.act(() => {
      roots.push((this.#root = hydrateRoot(this.element, node, { onRecoverableError })));
    });
  }

  /** Run an action with everything that follows from it, also what takes some milliseconds. */
  async act(action: () => void = () => undefined, milliseconds = 5): Promise<void> {
    await act(async () => {
      action();
      await this.server.clock.advance(0);
    });
    // The effects of the first part have run now.
    await act(async () => {
      await this.server.clock.advance(0);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await this.server.clock.advance(0);
    });
  }
}
