/**
 * The beginning of a message in one line of the list.
 *
 * @module
 */

/** More than a line of the list shows. */
const MAX_LENGTH = 200;

/** Remove the marks of Markdown; what is not Markdown stays as it is. */
export function toPlainText(text: string): string {
  return text
    .slice(0, MAX_LENGTH)
    .toWellFormed()
    .replace(/!?\[([^\]\n]+)\]\([^)\s]*\)/g, "$1")
    .replace(/^\s*\|?(?:\s*:?-{3,}:?\s*\|?)+\s*$/gm, "")
    .replace(/^\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+/gm, "")
    .replace(/(\*\*|__|~~|`+)(?=\S)(.+?)(?<=\S)\1/g, "$2")
    .replace(/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/g, "$1")
    .replace(/^[ \t]*\|(.*)\|[ \t]*$/gm, (_, row: string) => row.split("|").map((cell) => cell.trim()).join(", "))
    .replace(/\s+/g, " ")
    .trim();
}
