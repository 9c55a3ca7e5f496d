/**
 * Turns an HTTP request into a prompt, or into the refusal that the API would send. Owns
 * the order of the checks: route, method, size, key, version, JSON, then {@link parseBody}.
 * Pure: neither the rate limit nor any draw is known here.
 */

import {
  BEARER_PATTERN,
  MESSAGES_METHOD,
  MESSAGES_PATH,
  VERSION_PATTERN,
} from "./constants.js";
import type { HaikuOptions } from "./options.js";
import type { ApiFailure, HaikuRequest } from "./protocol.js";
import { parseBody, type Prompt } from "./validation-body.js";

/** A request after validation. */
export type ParsedRequest =
  | { readonly kind: "valid"; readonly prompt: Prompt }
  | { readonly kind: "invalid"; readonly failure: ApiFailure };

/** Validates a request as the API does, first fault first. */
export function parseRequest(
  request: HaikuRequest,
  options: HaikuOptions,
): ParsedRequest {
  const failure =
    checkRoute(request) ??
    checkSize(request, options) ??
    checkKey(request, options) ??
    checkVersion(request);
  if (failure !== null) return { kind: "invalid", failure };
  const body = parseJson(request.body);
  if (body === undefined) {
    return {
      kind: "invalid",
      failure: {
        status: 400,
        type: "invalid_request_error",
        message: "The request body is not valid JSON",
      },
    };
  }
  const parsed = parseBody(body, options);
  return "failure" in parsed
    ? { kind: "invalid", failure: parsed.failure }
    : { kind: "valid", prompt: parsed.prompt };
}

function checkRoute({ method, path }: HaikuRequest): ApiFailure | null {
  if (path !== MESSAGES_PATH) {
    return { status: 404, type: "not_found_error", message: "Not Found" };
  }
  if (method === MESSAGES_METHOD) return null;
  return {
    status: 405,
    type: "invalid_request_error",
    message: "Method Not Allowed",
    headers: { allow: MESSAGES_METHOD },
  };
}

function checkSize(
  { bodyBytes }: HaikuRequest,
  { bodyBytesMax }: HaikuOptions,
): ApiFailure | null {
  if (bodyBytes <= bodyBytesMax) return null;
  return {
    status: 413,
    type: "request_too_large",
    message: `Request has ${bodyBytes} bytes, more than the maximum of ${bodyBytesMax}`,
  };
}

/** The key comes in either of two headers: plain HTTP users send the first, SDK 1.x the second. */
function checkKey(
  { headers }: HaikuRequest,
  { apiKey }: HaikuOptions,
): ApiFailure | null {
  const key = headers.get("x-api-key");
  if (key !== null) {
    return key === apiKey ? null : describeKeyFailure("invalid x-api-key");
  }
  const authorization = headers.get("authorization");
  if (authorization === null) {
    return describeKeyFailure("x-api-key header is required");
  }
  const token = BEARER_PATTERN.exec(authorization)?.[1];
  return token === apiKey ? null : describeKeyFailure("Invalid bearer token");
}

function describeKeyFailure(message: string): ApiFailure {
  return { status: 401, type: "authentication_error", message };
}

function checkVersion({ headers }: HaikuRequest): ApiFailure | null {
  const version = headers.get("anthropic-version");
  if (version !== null && VERSION_PATTERN.test(version)) return null;
  return {
    status: 400,
    type: "invalid_request_error",
    message: version
      ? `anthropic-version: "${version}" is not a valid version`
      : "anthropic-version: header is required",
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // `undefined` is no JSON value, so it cannot be mistaken for a body.
    return undefined;
  }
}
