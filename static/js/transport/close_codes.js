// Close codes of the protocol that the page reacts to, and the one of a connection lost without a close frame.

export const ABNORMAL = 1006;
export const SIGN_IN_AGAIN = 4001;
export const NOT_ALLOWED = 4003;
