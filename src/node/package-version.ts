/** This package's version, as it stands in feeds and `--version`; a test holds it to package.json. */
export const PACKAGE_VERSION = '0.1.0';
