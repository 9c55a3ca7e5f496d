/**
 * Who calls: the `ctx.auth` that functions get, and the identities a suite pretends to have.
 *
 * Owns no state: which of these is current stands in contexts.ts.
 */
import type { UserIdentity } from "convex/server";

/** What stands at `ctx.auth`. */
export class TestAuth {
  constructor(
    private readonly identity: UserIdentity | null = null,
    /** The JWT the request came with, null for a request without one. */
    readonly token: string | null = null,
  ) {}

  getUserIdentity(): Promise<UserIdentity | null> {
    return Promise.resolve(this.identity);
  }
}

/** The identity with what the suite left out, and a token that would lead to it. */
export function createAuth(identity: Partial<UserIdentity>): TestAuth {
  const subject = identity.subject ?? String(hashOf(JSON.stringify(identity)));
  const issuer = identity.issuer ?? "https://convex.test";
  const tokenIdentifier = identity.tokenIdentifier ?? `${issuer}|${subject}`;
  const whole: UserIdentity = { ...identity, subject, issuer, tokenIdentifier };
  return new TestAuth(whole, unsecuredJwt(whole));
}

/** The claim behind each attribute of an identity; other attributes are claims themselves. */
const CLAIMS = new Map([
  ["subject", "sub"],
  ["issuer", "iss"],
  ["name", "name"],
  ["givenName", "given_name"],
  ["familyName", "family_name"],
  ["nickname", "nickname"],
  ["preferredUsername", "preferred_username"],
  ["profileUrl", "profile"],
  ["pictureUrl", "picture"],
  ["email", "email"],
  ["emailVerified", "email_verified"],
  ["gender", "gender"],
  ["birthday", "birthdate"],
  ["timezone", "zoneinfo"],
  ["language", "locale"],
  ["phoneNumber", "phone_number"],
  ["phoneNumberVerified", "phone_number_verified"],
  ["address", "address"],
  ["updatedAt", "updated_at"],
]);

function unsecuredJwt(identity: UserIdentity): string {
  // Without a prototype: an attribute may have any name, `__proto__` too.
  const claims = Object.create(null) as Record<string, unknown>;
  for (const [attribute, value] of Object.entries(identity)) {
    // A backend computes the token identifier; no provider puts it into a token.
    if (value === undefined || attribute === "tokenIdentifier") continue;
    claims[CLAIMS.get(attribute) ?? attribute] = value;
  }
  // A custom attribute may be called `sub`, and does not change who the user is.
  claims.iss = identity.issuer;
  claims.sub = identity.subject;
  return `${encodePart({ alg: "none", typ: "JWT" })}.${encodePart(claims)}.`;
}

function encodePart(part: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(part));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The 32-bit string hash known from Java; suites have seen the subjects it makes. */
function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = ((hash << 5) - hash + text.charCodeAt(index)) | 0;
  }
  return hash;
}
