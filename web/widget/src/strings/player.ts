/**
 * The texts of the dialog that shows a file, in all languages: it is loaded when a file is opened first.
 *
 * @module
 */

import type { Language } from "./language.ts";

const NAMES = [
  "closeFile", "download", "previousFile", "nextFile", "zoomIn", "zoomOut", "position", "loadingFile", "fileGone",
  "noPreview", "cut",
] as const;

/** The texts in one language; `{0}` and `{1}` stand for the position of a file and the number of files. */
export type PlayerTexts = Readonly<Record<(typeof NAMES)[number], string>>;

const TEXTS: Readonly<Record<Language, string>> = {
  en: "Close file|Download|Previous file|Next file|Zoom in|Zoom out|{0} of {1}|Loading the file…|The file cannot be loaded. Its link may have ended.|This file cannot be shown here. Download it to open it.|Only the beginning of the file is shown.",
  pt: "Fechar o arquivo|Baixar|Arquivo anterior|Próximo arquivo|Aumentar|Diminuir|{0} de {1}|Carregando o arquivo…|Não foi possível carregar o arquivo. O link pode ter expirado.|Este arquivo não pode ser mostrado aqui. Baixe-o para abri-lo.|Só o começo do arquivo é mostrado.",
  es: "Cerrar el archivo|Descargar|Archivo anterior|Archivo siguiente|Ampliar|Reducir|{0} de {1}|Cargando el archivo…|No se puede cargar el archivo. Es posible que el enlace haya caducado.|Este archivo no se puede mostrar aquí. Descárguelo para abrirlo.|Solo se muestra el principio del archivo.",
  de: "Datei schließen|Herunterladen|Vorherige Datei|Nächste Datei|Vergrößern|Verkleinern|{0} von {1}|Die Datei wird geladen…|Die Datei kann nicht geladen werden. Vielleicht ist ihr Link abgelaufen.|Diese Datei kann hier nicht angezeigt werden. Laden Sie sie herunter, um sie zu öffnen.|Nur der Anfang der Datei wird angezeigt.",
  ar: "إغلاق الملف|تنزيل|الملف السابق|الملف التالي|تكبير|تصغير|{0} من {1}|جارٍ تحميل الملف…|تعذّر تحميل الملف. ربما انتهت صلاحية رابطه.|لا يمكن عرض هذا الملف هنا. نزّله لفتحه.|تُعرض بداية الملف فقط.",
};

/** @param own - Texts of the site, which replace the others. */
export function getPlayerTexts(language: Language, own: Partial<PlayerTexts>): PlayerTexts {
  const texts = TEXTS[language].split("|");
  return Object.fromEntries(NAMES.map((name, index) => [name, own[name] ?? texts[index]])) as PlayerTexts;
}
