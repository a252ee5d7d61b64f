/** The verbs. The command line imports this lazily: nothing here is loaded for `--help`. */
export { uploadBatch } from "./batch/upload-batch.ts";
export { downloadMedia } from "./download.ts";
export { listFields } from "./fields.ts";
export { showInfo } from "./info.ts";
export { linkLocal } from "./link-local.ts";
export { linkUrl } from "./link-url.ts";
export { setPath } from "./set-path.ts";
export { thumb } from "./thumb.ts";
export { abortTransfers, listTransfers, resumeTransfers } from "./transfers.ts";
export { uploadFiles } from "./upload.ts";
