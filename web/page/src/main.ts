/**
 * The entry point.
 *
 * @module
 */

import { restoreAccount } from "./account/sign-in.ts";
import { App } from "./app.ts";
import { loadConfig } from "./config.ts";
import { loadLocale } from "./texts/index.ts";

const [config, locale] = await Promise.all([loadConfig(), loadLocale()]);
document.documentElement.lang = locale.tag;
document.documentElement.dir = locale.direction;
new App(document.body, config, locale).start(await restoreAccount(config));
