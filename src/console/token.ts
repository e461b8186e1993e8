/**
 * The token that requests carry, for as long as the tab is open.
 *
 * It comes from a one-time code in the address, which `signaled console` prints, or is typed in. The code is taken out of
 * the address at once, so that neither history nor a copied link has it.
 */
const KEY = "signaled-token";

export function storedToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

export function storeToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

/** The one-time code of the address, once. */
export function takeCode(): string | undefined {
  const code = /^#code=([^&]+)/.exec(location.hash)?.[1];
  if (code === undefined) return undefined;
  history.replaceState(null, "", `${location.pathname}#/`);
  return decodeURIComponent(code);
}
