/** What went wrong, by stable code: the HTTP status it maps to and what the caller can do about it. */
export interface ErrorEntry {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

const entry = (status: number, title: string, remedy: string): ErrorEntry => ({ status, title, remedy });

/**
 * The one table of error codes. Codes are stable: they may be added, never renamed. `docs/errors.md` is generated
 * from it (`npm run errors:write`).
 */
export const ERROR_CODES = {
  // Requests
  invalid_request: entry(400, 'The request is not valid', 'Mend the fields listed in `fields` and send it again.'),
  invalid_usage: entry(400, 'The command line is not valid', 'See `likeness --help`.'),
  not_found: entry(404, 'There is no such thing', 'Check the address and the id.'),
  unauthorized: entry(
    401,
    'An API key is needed',
    'Send `Authorization: Bearer <key>` with the configured key; commands take it from LIKENESS_API_KEY.',
  ),
  forbidden_host: entry(
    403,
    'The Host header does not name this service',
    'Call it by the address it listens on, or add the name to LIKENESS_ALLOWED_HOSTS.',
  ),
  forbidden_origin: entry(
    403,
    'Another site may not change anything here',
    'Call from the page of this service, or add the calling site to LIKENESS_ALLOWED_HOSTS.',
  ),
  forbidden_path: entry(
    403,
    'That path may not be imported',
    'Set LIKENESS_IMPORT_ROOTS to a folder above it and start the service again; the command line asks a running service, too.',
  ),
  payload_too_large: entry(413, 'The upload is too large', 'Send smaller files or fewer at once, or raise the limit.'),
  unsupported_media_type: entry(
    415,
    'The content type is not supported',
    "Send JSON with `-H 'content-type: application/json'`, files as a form (`-F`).",
  ),
  // Images
  image_empty: entry(422, 'The file is empty', 'Send a file that has content.'),
  image_format_unsupported: entry(
    422,
    'The file is not an image of a supported format',
    'Send JPEG, PNG, WebP, AVIF, GIF or TIFF.',
  ),
  image_svg_disabled: entry(422, 'SVG is not accepted', 'Render the drawing to PNG first.'),
  image_heic_unsupported: entry(
    422,
    'HEIC images coded with HEVC cannot be decoded here',
    'Convert it to JPEG or AVIF first; HEVC decoding is not part of the prebuilt image library.',
  ),
  image_corrupt: entry(422, 'The image is damaged or truncated', 'Send an intact copy of the file.'),
  image_too_many_pixels: entry(
    422,
    'The image has more pixels than allowed',
    'Send a smaller image or raise LIKENESS_MAX_PIXELS.',
  ),
  image_too_large: entry(
    413,
    'The file has more bytes than allowed',
    'Send a smaller file or raise LIKENESS_MAX_FILE_BYTES.',
  ),
  image_processing_crashed: entry(
    422,
    'Processing this image ended the process more than once',
    'The image was set aside; please report it with the file.',
  ),
  image_not_found: entry(404, 'There is no image with that id', 'Check the id; the image may have been deleted.'),
  original_missing: entry(
    410,
    'The original file is not there any more',
    'A referenced file was moved or deleted; import its folder again.',
  ),
  // Imports
  import_not_found: entry(404, 'There is no import with that id', 'See `likeness imports` or GET /v1/imports.'),
  import_source_unreadable: entry(422, 'The folder or manifest cannot be read', 'Check the path and its permissions.'),
  import_file_unreadable: entry(422, 'The file cannot be read', 'Check that it exists and may be read by the service.'),
  import_folder_unreadable: entry(
    422,
    'A folder of the import cannot be read whole',
    'Let the service read it, mount its disk, shorten or rename what lies in it; then retry the import, which lists it again.',
  ),
  manifest_invalid: entry(
    422,
    'The manifest is not valid',
    'A manifest is CSV with a header or NDJSON; every row needs a `path` or a `url`.',
  ),
  import_state_conflict: entry(409, 'The import is not in a state that allows this', 'Look at its `status` first.'),
  // Collections
  collection_not_found: entry(
    404,
    'There is no collection of that name',
    'See `likeness collections` or GET /v1/collections.',
  ),
  // Metadata fields
  metadata_field_not_found: entry(
    404,
    'No metadata field of that key is declared',
    'See `likeness fields` or GET /v1/metadata-fields.',
  ),
  metadata_field_conflict: entry(
    409,
    'The metadata key is declared as another type',
    'Remove the field first, then declare it anew.',
  ),
  // Search
  region_outside_image: entry(422, 'The region lies outside of the image', 'Give a box that overlaps the image.'),
  examples_cancel_out: entry(
    422,
    'The examples add up to nothing',
    'Drop an example that is both liked and disliked, or change the weights.',
  ),
  explanation_unavailable: entry(
    422,
    'This encoder cannot say where pictures agree',
    'Use a tap that is linear in the mean of a feature map, such as penultimate of the bundled encoder.',
  ),
  // Fetching by URL
  url_fetch_disabled: entry(403, 'Fetching by URL is switched off', 'Send the bytes, or set LIKENESS_FETCH=true.'),
  url_invalid: entry(422, 'The URL cannot be used', 'Give an http or https URL without user and password.'),
  url_refused: entry(
    403,
    'That address may not be fetched from',
    'Use a public address. LIKENESS_FETCH_ALLOW opens others; once set, it names all that may be fetched.',
  ),
  url_fetch_failed: entry(502, 'The URL could not be fetched', 'Check that the address answers with the image itself.'),
  url_too_slow: entry(504, 'The URL took too long', 'Try again, or raise LIKENESS_FETCH_TIMEOUT.'),
  vector_dimension_mismatch: entry(
    422,
    'The vector has the wrong number of components',
    'Send a vector made by the encoder and tap in use.',
  ),
  vector_not_finite: entry(422, 'The vector holds NaN, infinity or only zeros', 'Send finite numbers, not all zero.'),
  not_searchable_yet: entry(409, 'The image has no embedding yet', 'Wait until its `searchable` is true.'),
  output_unwritable: entry(
    422,
    'The file cannot be written',
    'Name a file in a folder that is there and may be written to.',
  ),
  query_file_unreadable: entry(
    422,
    'The file to search for cannot be read',
    'Give the path of an image file, or an image id.',
  ),
  // Spaces
  space_not_found: entry(
    404,
    'There is no index of that encoder and tap',
    'Name one of those listed; LIKENESS_TAPS adds taps, `likeness reindex` encoders.',
  ),
  space_incomplete: entry(
    409,
    'Not every image is embedded at that encoder and tap yet',
    'Wait until `likeness reindex` or GET /v1/reindex says that it is complete.',
  ),
  reindex_state_conflict: entry(
    409,
    'That cannot be done with the change of encoder as it stands',
    'See `likeness reindex` or GET /v1/reindex first.',
  ),
  tap_not_found: entry(422, 'There is no such tap', 'Name one of those listed.'),
  // Encoder
  encoder_not_found: entry(500, 'The encoder is not there', 'Set LIKENESS_ENCODER to a folder of models/.'),
  encoder_invalid: entry(500, 'The encoder cannot be used', 'Check its manifest and files.'),
  encoder_failed: entry(500, 'The encoder failed', 'Try again; if it persists see the log.'),
  device_unavailable: entry(
    500,
    'The device or runtime asked for cannot be used',
    'Mend what is named, or set LIKENESS_DEVICE and LIKENESS_RUNTIME to auto.',
  ),
  // Training of heads
  training_data_invalid: entry(
    422,
    'A head cannot be trained from these labels',
    'Label more images, mend contradictions, or choose another tap.',
  ),
  training_diverged: entry(
    422,
    'The training did not converge',
    'Take a smaller learning rate or more regularisation, or leave both to the search.',
  ),
  training_aborted: entry(409, 'The training was stopped', 'Start it again; nothing was changed.'),
  training_failed: entry(500, 'The training failed', 'Try again; if it persists see the log.'),
  head_invalid: entry(422, 'The head cannot be read', 'Send a head that was exported as JSON, unchanged.'),
  // Classifiers
  classifier_not_found: entry(
    404,
    'There is no such classifier',
    'See `likeness classifier list` or GET /v1/classifiers.',
  ),
  category_not_found: entry(404, 'The classifier has no such category', 'Read the classifier to see its categories.'),
  classifier_conflict: entry(
    409,
    'A classifier or category of that name is there already',
    'Choose another name, or use the one that is there.',
  ),
  example_not_found: entry(404, 'There is no such example', 'Post the image to the classifier first.'),
  label_contradiction: entry(
    409,
    'The labels contradict each other',
    'Say one thing of each image, and send it again.',
  ),
  version_not_found: entry(404, 'The classifier has no such version', 'List its versions, or train one.'),
  chart_not_found: entry(404, 'The version has no such chart', 'Name one of those listed.'),
  version_without_categories: entry(
    409,
    'Every category that the version knows was removed',
    'Train again with the categories as they are now, or use another version.',
  ),
  version_in_use: entry(409, 'The version is in use', 'Use another version first.'),
  version_stale: entry(
    409,
    'The head was trained on another encoder',
    'Train again: `likeness classifier retrain` does all that need it.',
  ),
  training_not_found: entry(404, 'There is no such training', 'List the trainings of the classifier.'),
  training_state_conflict: entry(409, 'The training has ended already', 'Look at its `status` first.'),
  training_outdated: entry(
    409,
    'The categories changed during the training',
    'Train again with the categories as they are now.',
  ),
  rescoring_not_found: entry(404, 'There is no rescoring', 'Use a version of the classifier; that starts one.'),
  rescoring_cancelled: entry(
    409,
    'The scoring of the catalogue was cancelled',
    'Use the version again: likeness classifier use NAME VERSION. Filters go on with what they used.',
  ),
  // Models
  model_not_found: entry(404, 'There is no model of that name', 'See `likeness models list` or GET /v1/models.'),
  model_exists: entry(409, 'There is a model of that name already', 'Choose another with --name, or add --replace.'),
  model_unreadable: entry(
    422,
    'The file is not a model that can be read',
    'Give an intact ONNX file, TensorFlow.js model or SavedModel; export or download it again.',
  ),
  model_unsupported: entry(
    422,
    'The model cannot be run here',
    'Export it with a lower opset, for one float32 picture, or without operations of its own.',
  ),
  model_no_image_input: entry(
    422,
    'The model has no input for a picture alone',
    'Export the part that takes one picture of three channels.',
  ),
  model_shape_unknown: entry(422, 'The size of the picture is not known', 'Give it with --size or a --preset.'),
  model_mismatch: entry(
    422,
    'The model is not what the preset or the options say',
    'Choose the right --preset, or none, or name the tensors with --tap.',
  ),
  model_tap_not_found: entry(
    422,
    'The model has no such tensor to tap',
    'Choose a tensor of the network; `--tap NAME=TENSOR@POOLING` says how it becomes a vector.',
  ),
  model_not_finite: entry(
    422,
    'The model answers with numbers that are not finite',
    'Check the weights and the preprocessing; the file may be damaged.',
  ),
  model_labels_mismatch: entry(
    422,
    'The labels do not fit the model',
    'Give a file with one name a line for each logit, and --label-offset where the first logits have none.',
  ),
  preset_not_found: entry(422, 'There is no preset of that name', 'See `likeness models presets`.'),
  download_failed: entry(
    502,
    'The download failed',
    'Run it again: it goes on where it stopped. Without a network, download by hand and use `likeness models import`.',
  ),
  download_mismatch: entry(
    422,
    'The downloaded file is not the one that was published',
    'Run it again; if it stays so, do not use the file and look where it comes from.',
  ),
  // Service
  settings_invalid: entry(500, 'Some settings are not valid', 'Mend every setting listed.'),
  data_folder_unusable: entry(
    500,
    'The data folder cannot be used',
    'Mend what is named, or choose another with --data.',
  ),
  data_folder_in_use: entry(409, 'Another process owns this data folder', 'Stop it, or choose another with --data.'),
  port_in_use: entry(
    409,
    'The port is in use',
    'Stop the other program, or choose another port with --port or LIKENESS_PORT.',
  ),
  database_unavailable: entry(
    503,
    'The database cannot be reached',
    'Check that it runs and DATABASE_URL; then try again.',
  ),
  database_failed_to_start: entry(
    500,
    'The embedded database did not start',
    'Mend what is named; its log may have more.',
  ),
  storage_full: entry(507, 'There is no space left for the data', 'Free space on the disk of the data folder.'),
  index_unavailable: entry(503, 'The vector index is not ready', 'Try again shortly; GET /health/ready tells when.'),
  index_corrupt: entry(500, 'A file of the vector index is damaged', 'Run `likeness verify --repair`.'),
  service_unreachable: entry(503, 'The running service does not answer', 'See its log; try again once it runs.'),
  // Backups
  archive_corrupt: entry(
    422,
    'The archive is damaged, cut short, or not one of Likeness',
    'Use another copy of it; nothing was changed.',
  ),
  backup_file_unusable: entry(
    409,
    'The backup cannot be written there',
    'Name another file, or give --force to replace it.',
  ),
  backup_broken_off: entry(500, 'The backup broke off', 'See the log of the service; then try again.'),
  archive_unreadable: entry(
    422,
    'The archive cannot be read here',
    'Check the path and its permissions; for zstd use Node 22.15 or newer.',
  ),
  archive_newer: entry(422, 'The archive was made by a newer version', 'Update Likeness, then restore it.'),
  restore_target_not_empty: entry(
    409,
    'A restore needs an empty data folder and an empty database',
    'Name another folder with --data, or another database with DATABASE_URL.',
  ),
  restore_incomplete: entry(
    500,
    'A restore into this data folder or database was not finished',
    'Empty both and restore again: what is there is not whole.',
  ),
  shutting_down: entry(503, 'The service is stopping', 'Try again once it runs.'),
  timed_out: entry(504, 'It took too long', 'Try again; what was stored or deleted by then stays so.'),
  internal: entry(500, 'Something went wrong inside', 'Report it with the request id; the log has the detail.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
