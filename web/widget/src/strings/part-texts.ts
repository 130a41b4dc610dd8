/**
 * The texts of the parts that are loaded when they are needed: each part has its own. A site can replace them too.
 *
 * @module
 */

import type { AttachTexts } from "./attach.ts";
import type { DetailsTexts } from "./details.ts";
import type { PlayerTexts } from "./player.ts";
import type { RefusalTexts } from "./refusals.ts";

export type PartTexts = AttachTexts & DetailsTexts & PlayerTexts & RefusalTexts;
