export * from './fixtures/odd-files.js';
export { drawScene, galleryCategories, isGalleryCategory, type GalleryCategory } from './gallery/draw-scene.js';
export { writeGallery, type GalleryOptions } from './gallery/write-gallery.js';
export { createTestDatabase, type TestDatabase } from './postgres/test-database.js';
export { writeVariantModel } from './models/variant-model.js';
export { schemaLeaves, valueAt } from './schemas/schema-leaves.js';
