/** The words that every room shares about the site's records. Shapes: contract/rest.md sections 3 and 7. */

/** A record named by type and id: `Version:23404`. */
export interface RecordRef {
  readonly type: string;
  readonly id: number;
}

/** A link as the site gives it. */
export interface RecordLink extends RecordRef {
  readonly name?: string;
}

/** A record as read: type and id beside its fields, links and attributes in one flat map. */
export interface SiteRecord extends RecordRef {
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One File entity of the site. */
export interface AttachmentRef {
  readonly type: "Attachment";
  readonly id: number;
  readonly name: string;
}

export function formatRef(ref: RecordRef): string {
  return `${ref.type}:${ref.id}`;
}
