/**
 * The texts of the conversation view in Arabic.
 *
 * @module
 */

import type { Texts } from "./texts.ts";

export const ar: Texts = {
  messages: "الرسائل",
  suggestions: "ردود مقترحة",
  message: "رسالة",
  placeholder: "اكتب رسالة…",
  send: "إرسال",
  stop: "إيقاف الرد",
  stopping: "جارٍ إيقاف الرد",
  newMessages: "رسائل جديدة",
  loadingEarlier: "جارٍ تحميل الرسائل السابقة…",
  typing: "يكتب…",
  you: "أنت",
  bot: "البوت",
  chat: "محادثة",
  close: "إغلاق المحادثة",

  sending: "جارٍ الإرسال…",
  sent: "أُرسلت",
  notSent: "لم تُرسل.",
  unconfirmed: "لم يُؤكَّد التسليم.",
  retry: "إعادة المحاولة",
  discard: "إزالة",
  unanswered: "تعذّر على البوت الرد على هذه الرسالة.",
  stopped: "أُوقف",
  length: "قُطع عند الحد الأقصى للطول",
  contentFilter: "قطعه مرشّح المحتوى",
  interrupted: "انقطع",

  copy: "نسخ",
  copyCode: "نسخ الشيفرة",
  copied: "تم النسخ",
  good: "إجابة جيدة",
  bad: "إجابة سيئة",
  table: "جدول",

  inputPassword: "كلمة المرور",
  inputEmail: "البريد الإلكتروني",
  inputDate: "التاريخ",
  inputTime: "الوقت",
  inputNumber: "رقم",
  inputPhone: "رقم الهاتف",
  inputUrl: "عنوان ويب",
  writeText: "كتابة نص بدلاً من ذلك",
  hidden: "نص مخفي",

  attach: "إرفاق ملفات",
  image: "صورة",
  audio: "صوت",
  video: "فيديو",
  file: "ملف",

  connecting: "جارٍ الاتصال…",
  online: "متصل",
  reconnecting: "جارٍ إعادة الاتصال…",
  offline: "غير متصل",
  ended: "انتهت",
  endedNote: "انتهت هذه المحادثة. رسالتك التالية تبدأ محادثة جديدة.",
  unreachable: "يتعذّر الوصول إلى الخادم حاليًا. ستُرسل رسائلك عندما يعود متاحًا.",
};
