/**
 * An IP address with its prefix length, in the one form in which equal addresses are equal texts: the kernel, and each of
 * the people who write configurations, spell an IPv6 address in a way of their own.
 */
import { isIP, SocketAddress } from "node:net";

export interface IpAddress {
  readonly family: 4 | 6;
  /** Canonical: `10.0.0.11`, `fd00::11`. */
  readonly address: string;
  /** Bits of the network's part. */
  readonly prefixLength: number;
}

/** Bits of a whole address. */
export const ADDRESS_BITS = { 4: 32, 6: 128 } as const;

/**
 * Reads `10.0.0.11`, `10.0.0.11/24`, `fd00::11` or `fd00::11/64`; where no length is written, the one given for the family.
 * A text is what is wrong with it.
 */
export function readIpAddress(text: string, lengths: Readonly<Record<4 | 6, number>>): IpAddress | string {
  const [host = "", length, ...more] = text.split("/");
  const family = isIP(host);
  if (more.length > 0 || host.includes("%") || (family !== 4 && family !== 6)) {
    return "is no IP address: write it as 10.0.0.11, 10.0.0.11/24, fd00::11 or fd00::11/64";
  }
  const bits = ADDRESS_BITS[family];
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= bits)) {
    return `has the prefix length '${length}': it is a number from 1 to ${bits}`;
  }
  const address = canonical(host, family);
  if (isForNoHost(address, family)) return "is an address that no host can have: it is unspecified, or multicast";
  return { family, address, prefixLength: length === undefined ? lengths[family] : Number(length) };
}

/** `10.0.0.11/24` */
export function addressText({ address, prefixLength }: IpAddress): string {
  return `${address}/${prefixLength}`;
}

/** The spelling in which addresses are compared. */
export function canonical(address: string, family: 4 | 6): string {
  return family === 4 ? address : new SocketAddress({ address, family: "ipv6" }).address;
}

function isForNoHost(address: string, family: 4 | 6): boolean {
  if (family === 6) return address === "::" || address.startsWith("ff");
  const first = Number(address.slice(0, address.indexOf(".")));
  return first === 0 || first >= 224;
}
