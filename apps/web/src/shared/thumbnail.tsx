import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { hasKey, request } from './api.js';

/** An image of the service. With an API key it is fetched, because an `img` element cannot send one. */
export function Thumbnail({
  src,
  alt,
  eager = false,
  missing = <span class="thumb-missing">no picture</span>,
}: {
  src: string;
  alt: string;
  eager?: boolean;
  /** What stands in the place of a picture that there is not. */
  missing?: ComponentChildren;
}) {
  const [fetched, setFetched] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    setBroken(false);
    if (!hasKey()) return;
    let url: string | null = null;
    const controller = new AbortController();
    request(src, { signal: controller.signal })
      .then((response) => response.blob())
      .then((blob) => setFetched((url = URL.createObjectURL(blob))))
      .catch(() => setBroken(!controller.signal.aborted));
    return () => {
      controller.abort();
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [src]);
  const address = hasKey() ? fetched : src;
  if (broken) return <>{missing}</>;
  if (address === null) return <span class="thumb-missing" />;
  return (
    <img src={address} alt={alt} loading={eager ? 'eager' : 'lazy'} decoding="async" onError={() => setBroken(true)} />
  );
}
