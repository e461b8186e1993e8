/** The console: one page over the HTTP interface of a running service. */
import { render } from "preact";
import { keepUpByAddress } from "./live.ts";
import { Page } from "./page.tsx";
import { applyTheme } from "./theme.tsx";

applyTheme();
const root = document.getElementById("page");
if (root !== null) render(<Page />, root);
await keepUpByAddress();
