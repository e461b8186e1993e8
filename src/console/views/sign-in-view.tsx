/** Who one is to the service, and a field for a token. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { signIn } from "../live.ts";
import { routeTo } from "../route.ts";
import { useKnown } from "../store.ts";
import { storedToken } from "../token.ts";

export function SignInView(): JSX.Element {
  const me = useKnown((known) => known.me);
  const signedOut = useKnown(({ connection }) => connection === "signed-out");
  const [token, setToken] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    signIn(token.trim());
    setToken("");
    location.hash = routeTo([]);
  };
  return (
    <section class="panel narrow" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in</h1>
      {me !== undefined && (
        <p>
          You are <b>{me.who ?? "anybody"}</b>, and may {me.role === "steer" ? "look and steer" : "look"}.
        </p>
      )}
      {signedOut && <p>The service shows nothing without a token.</p>}
      <p>
        <code>signaled console</code>, on the machine of the service, prints a link with which you may steer. Or enter a
        token that the service was given; it is kept until this tab is closed.
      </p>
      <form onSubmit={submit}>
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            autoComplete="off"
            required
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <div class="buttons">
          {storedToken() !== undefined && (
            <button type="button" onClick={() => signIn(undefined)}>
              Sign out
            </button>
          )}
          <button type="submit" class="primary">
            Sign in
          </button>
        </div>
      </form>
    </section>
  );
}
