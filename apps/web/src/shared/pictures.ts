const PICTURE = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i;

/** Whether a file of a folder, by its name, is a picture that the service reads. */
export const isPicture = (name: string): boolean => PICTURE.test(name);
