/**
 * Every error code the program can give, with its exit code. Both are stable: scripts match on them.
 * The README's table of codes is generated from this list.
 */
export const ERROR_CODES = {
  E_BUG: { exit: 1, meaning: "something happened that the program did not foresee" },

  E_USAGE: { exit: 2, meaning: "the command line is wrong" },
  E_CONFIG: { exit: 2, meaning: "a setting is missing or not what it may be" },
  E_INPUT_NOT_FILE: {
    exit: 2,
    meaning: "an input is a folder, a device or something else that is no regular file",
  },
  E_INPUT_EMPTY: { exit: 2, meaning: "an input file has no bytes" },
  E_INPUT_UNREADABLE: { exit: 2, meaning: "an input file may not be read" },
  E_INPUT_WRONG_KIND: { exit: 2, meaning: "an input is not the kind of file that is needed here" },
  E_FIELD_TAKES_NO_FILE: { exit: 2, meaning: "the field is neither a File/Link nor an image field" },
  E_AMBIGUOUS: { exit: 2, meaning: "a name matches more than one record" },
  E_FRAMES: { exit: 2, meaning: "a frame sequence or its notation cannot be used" },
  E_FFMPEG: { exit: 2, meaning: "ffmpeg is missing or could not do its work" },
  E_PLAN: { exit: 2, meaning: "a plan file cannot be carried out as it stands" },

  E_NO_MATCH: { exit: 3, meaning: "nothing matched" },

  E_NOT_SIGNED_IN: { exit: 4, meaning: "no credentials are set" },
  E_AUTH_REFUSED: { exit: 4, meaning: "the site refused the credentials" },
  E_AUTH_TWO_FACTOR: { exit: 4, meaning: "the site wants a one-time code" },
  E_FORBIDDEN: { exit: 4, meaning: "this user may not do that" },

  E_INPUT_MISSING: { exit: 5, meaning: "an input file does not exist" },
  E_RECORD_MISSING: { exit: 5, meaning: "the record does not exist" },
  E_FIELD_UNKNOWN: { exit: 5, meaning: "the record type has no such field" },
  E_TYPE_UNKNOWN: { exit: 5, meaning: "the site has no such record type" },
  E_MEDIA_MISSING: { exit: 5, meaning: "the record has no such rendition, or it is not made yet" },
  E_LOCAL_MISSING: { exit: 5, meaning: "a linked local file is not on this machine" },
  E_NO_STORAGE_ROOT: { exit: 5, meaning: "no local storage of the site covers the path" },
  E_QUARANTINED: { exit: 5, meaning: "the site has locked the file away" },
  E_TRANSFER_UNKNOWN: { exit: 5, meaning: "no unfinished transfer has that id" },

  E_PARTIAL: { exit: 6, meaning: "some items were done and some failed" },

  E_NETWORK: { exit: 7, meaning: "no connection, or it broke too often" },
  E_STALLED: { exit: 7, meaning: "no byte moved for the stall timeout" },
  E_SITE: { exit: 7, meaning: "the site failed or answered what no site answers" },
  E_SITE_BUSY: { exit: 7, meaning: "the site asks to come back later" },
  E_SITE_REFUSED: { exit: 7, meaning: "the site refused the request" },
  E_STORAGE: { exit: 7, meaning: "the object storage failed" },
  E_STORAGE_REFUSED: { exit: 7, meaning: "the object storage refused the request" },
  E_TRANSFER_BUSY: { exit: 7, meaning: "another process is at this transfer" },
  E_JOURNAL: { exit: 7, meaning: "the memory of an unfinished transfer is damaged or cannot be written" },

  E_MISMATCH: { exit: 8, meaning: "the bytes that arrived are not the bytes that were sent" },
  E_SOURCE_CHANGED: { exit: 8, meaning: "the file changed while it was sent" },

  E_TRANSCODE_REFUSED: { exit: 9, meaning: "the site refused to transcode the media" },
  E_WAIT_TIMEOUT: { exit: 10, meaning: "waited as long as allowed" },
  E_EXISTS: { exit: 11, meaning: "it would have overwritten something" },

  E_DISK_FULL: { exit: 12, meaning: "no space left on this machine" },
  E_DISK: { exit: 12, meaning: "this machine's disk cannot be written" },

  E_INTERRUPTED: { exit: 130, meaning: "interrupted by a signal; what was accepted is remembered" },
} as const satisfies Record<string, { exit: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
