package io.millrace.gateway.http;

/** Why we close a WebSocket, in the range that RFC 6455 leaves to applications, and the few standard ones we use. */
enum CloseCode {
    PROTOCOL_ERROR(1002),
    NOT_UTF8(1007),
    TOO_LARGE(1009),
    BAD_FRAME(4400),
    SILENT(4408),
    FLOW_VIOLATION(4429),
    DRAINING(4503),
    SLOW_CONSUMER(4507);

    private final int number;

    CloseCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
