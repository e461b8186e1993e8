/**
 * The version of this program, in the program: `signaled --version` reads no file. A test holds it against package.json.
 */
export const VERSION = "0.1.0";
