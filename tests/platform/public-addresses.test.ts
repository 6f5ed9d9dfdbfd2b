import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '#platform/public-addresses.ts';

describe('public addresses', () => {
  it.each(
    `0.0.0.0 10.255.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1
    198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 [::1] ::ffff:10.0.0.1 ::ffff:8.8.8.8 fe80::1 fe80::1%eth0 fc00::1 fd12::1
    ff02::1 64:ff9b::7f00:1 2002:7f00:1:: localhost 127.1`.split(/\s+/),
  )('are not %s', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each('8.8.8.8 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 2606:4700::1111 2a00:1450::1'.split(' '))(
    'are %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});
