package io.millrace.server.client;

/** Which bytes are UTF-8, as RFC 3629 says it. */
final class Utf8 {
    private Utf8() {}

    /** The bytes of the character beyond ASCII that begins at {@code i}; 0 if none does. */
    static int width(byte[] bytes, int i, int end) {
        int first = bytes[i] & 0xff;
        if (first < 0xc2 || first > 0xf4) return 0;
        int width = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (end - i < width) return 0;
        int second = bytes[i + 1] & 0xff;
        int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) return 0;
        for (int n = 2; n < width; n++) if ((bytes[i + n] & 0xc0) != 0x80) return 0;
        return width;
    }
}
