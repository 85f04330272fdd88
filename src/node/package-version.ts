/** This package's version, as feeds and `--version` state it; a test holds it to package.json. */
export const PACKAGE_VERSION = '0.1.0';
