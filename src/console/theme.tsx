/** Light or dark: as the system has it, unless somebody chooses. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";

const KEY = "signaled-theme";
const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

function chosenTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? "auto";
}

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = chosenTheme();
}

export function ThemeSwitch(): JSX.Element {
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (chosen: string): void => {
    localStorage.setItem(KEY, chosen);
    applyTheme();
    setTheme(chosenTheme());
  };
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select value={theme} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}
