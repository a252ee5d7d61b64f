import type { FieldInfo } from "../site/types.ts";

/** What the site keeps about a frame sequence beside its path. */
export interface FrameFacts {
  readonly first: number;
  readonly last: number;
  /** Frames that there should be. */
  readonly expectedCount: number;
  /** `1001-1100`. */
  readonly rangeText: string;
}

/**
 * The frame fields of a record that its schema has and lets be written, as Autodesk's own tools fill them (contract/rv-paths.md 5).
 * A field of another data type than usual is left alone.
 */
export function frameFieldValues(
  fields: ReadonlyMap<string, FieldInfo>,
  facts: FrameFacts,
): Record<string, number | string> {
  const wanted: Record<string, number | string> = {
    sg_first_frame: facts.first,
    sg_last_frame: facts.last,
    frame_count: facts.expectedCount,
    frame_range: facts.rangeText,
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => {
      const info = fields.get(name);
      const types = typeof value === "number" ? ["number", "float"] : ["text"];
      return info?.editable === true && types.includes(info.dataType);
    }),
  );
}
