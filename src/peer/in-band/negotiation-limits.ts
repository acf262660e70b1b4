/** How long in-band negotiations wait, and why they fail. */

/** How long an offer waits for the app to finish its own negotiation. */
export const OFFER_WAIT_MS = 5000
/** How long an answer does. Shorter, because the app of the remote peer waits as well. */
export const ANSWER_WAIT_MS = 2000
export const ANSWER_TIMEOUT_MS = 10_000
/** How long a detached connection waits for the answer to its last offer. */
export const LAST_ANSWER_WAIT_MS = 1000
/** Credentials of both peers often change at the same moment, and one restart moves both. The impolite peer makes it. */
export const POLITE_DELAY_MS = 500

export const FAILURES = {
  appNegotiates: 'the app negotiates itself',
  closed: 'the in-band channel is closed',
  detached: 'the connection is detached',
  unanswered: 'the remote peer did not answer the in-band offer',
  busy: 'the remote peer does not answer now, because its app negotiates itself',
} as const
