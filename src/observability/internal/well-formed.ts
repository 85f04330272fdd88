/** With the u flag a surrogate class matches lone surrogates only; those have no UTF-8 form. */
const LONE_SURROGATE = /[\ud800-\udfff]/gu;

/** Text with lone surrogates replaced by U+FFFD, as any UTF-8 encoder would. */
export const wellFormed = (text: string): string => text.replace(LONE_SURROGATE, '\ufffd');
