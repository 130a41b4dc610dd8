/**
 * The texts of the form that attaches files, in all languages: it is loaded when it is opened first.
 *
 * @module
 */

import type { Language } from "./language.ts";

const NAMES = [
  "attachHint", "address", "fileName", "add", "cancel", "kind", "sendLink", "chooseFiles", "chooseImage", "chooseAudio",
  "chooseVideo", "filesHint", "filesToSend", "uploading", "uploaded", "removeFile", "uploadAgain", "waitingForFiles",
  "tooLarge", "emptyFile", "wrongKind", "tooManyFiles", "refusedFile", "noSpace", "tooManyToday", "notUploaded",
] as const;

/** The texts in one language; `{0}` and `{1}` stand for a name or numbers. */
export type AttachTexts = Readonly<Record<(typeof NAMES)[number], string>>;

const TEXTS: Readonly<Record<Language, string>> = {
  en: "The bot gets the address of a file on the web.|Address (https://…)|Name|Send link|Cancel|Kind|Send a link|Choose files|Choose an image|Choose a sound|Choose a video|Or drop files here, or paste a picture. At most {0} files of {1} MB.|Files to send|Uploading|Uploaded|Remove {0}|Upload {0} again|The files are sent as soon as they are uploaded.|It is larger than {0} MB.|It is empty.|The bot asks for another kind of file.|There are already {0} files.|The bot does not accept this file.|The bot has no space for more files.|You have sent too many files. Try again later.|It was not uploaded.",
  pt: "O bot recebe o endereço de um arquivo na web.|Endereço (https://…)|Nome|Enviar link|Cancelar|Tipo|Enviar um link|Escolher arquivos|Escolher uma imagem|Escolher um áudio|Escolher um vídeo|Ou solte arquivos aqui, ou cole uma imagem. No máximo {0} arquivos de {1} MB.|Arquivos para enviar|Enviando|Pronto|Remover {0}|Enviar {0} de novo|Os arquivos serão enviados assim que estiverem prontos.|Tem mais de {0} MB.|Está vazio.|O bot pede outro tipo de arquivo.|Já há {0} arquivos.|O bot não aceita este arquivo.|O bot não tem espaço para mais arquivos.|Você enviou arquivos demais. Tente mais tarde.|Não foi possível enviar.",
  es: "El bot recibe la dirección de un archivo en la web.|Dirección (https://…)|Nombre|Enviar enlace|Cancelar|Tipo|Enviar un enlace|Elegir archivos|Elegir una imagen|Elegir un audio|Elegir un vídeo|O suelte archivos aquí, o pegue una imagen. Como máximo {0} archivos de {1} MB.|Archivos para enviar|Subiendo|Subido|Quitar {0}|Subir {0} otra vez|Los archivos se enviarán en cuanto se hayan subido.|Ocupa más de {0} MB.|Está vacío.|El bot pide otro tipo de archivo.|Ya hay {0} archivos.|El bot no acepta este archivo.|El bot no tiene espacio para más archivos.|Ha enviado demasiados archivos. Inténtelo más tarde.|No se pudo subir.",
  de: "Der Bot erhält die Adresse einer Datei im Web.|Adresse (https://…)|Name|Link senden|Abbrechen|Art|Link senden|Dateien auswählen|Bild auswählen|Ton auswählen|Video auswählen|Oder Dateien hier ablegen oder ein Bild einfügen. Höchstens {0} Dateien mit {1} MB.|Dateien zum Senden|Wird hochgeladen|Hochgeladen|{0} entfernen|{0} erneut hochladen|Die Dateien werden gesendet, sobald sie hochgeladen sind.|Sie ist größer als {0} MB.|Sie ist leer.|Der Bot bittet um eine andere Art von Datei.|Es sind schon {0} Dateien.|Der Bot nimmt diese Datei nicht an.|Der Bot hat keinen Platz für weitere Dateien.|Sie haben zu viele Dateien gesendet. Versuchen Sie es später.|Sie wurde nicht hochgeladen.",
  ar: "يتلقى البوت عنوان ملف على الويب.|العنوان (https://…)|الاسم|إرسال الرابط|إلغاء|النوع|إرسال رابط|اختيار ملفات|اختيار صورة|اختيار ملف صوتي|اختيار فيديو|أو أفلت الملفات هنا، أو ألصق صورة. {0} ملفات على الأكثر، كل منها {1} م.ب.|ملفات للإرسال|جارٍ الرفع|تم الرفع|إزالة {0}|رفع {0} مرة أخرى|تُرسل الملفات بمجرد رفعها.|حجمه أكبر من {0} م.ب.|إنه فارغ.|يطلب البوت نوعًا آخر من الملفات.|يوجد بالفعل {0} ملفات.|لا يقبل البوت هذا الملف.|لا توجد مساحة لدى البوت لمزيد من الملفات.|أرسلت ملفات كثيرة. حاول لاحقًا.|لم يُرفع.",
};

/** @param own - Texts of the site, which replace the others. */
export function getAttachTexts(language: Language, own: Partial<AttachTexts>): AttachTexts {
  const texts = TEXTS[language].split("|");
  return Object.fromEntries(NAMES.map((name, index) => [name, own[name] ?? texts[index]])) as AttachTexts;
}
