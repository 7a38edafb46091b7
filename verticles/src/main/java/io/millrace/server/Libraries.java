package io.millrace.server;

/**
 * Settings of the libraries in the server that can be made by system properties only, and before their classes are loaded.
 * Whatever was set by {@code -D} stays.
 */
final class Libraries {
    private static final String LOG = "org.slf4j.simpleLogger.";

    private Libraries() {}

    static void prepare() {
        setDefault(LOG + "showDateTime", "true");
        setDefault(LOG + "dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
        setDefault(LOG + "showThreadName", "false");
        setDefault(LOG + "log.io.netty", "warn");
        // Netty would look at all network interfaces to find an id for this machine, of which we make no use.
        setDefault("io.netty.machineId", "00:00:00:00:00:00:00:01");
        setDefault("io.netty.processId", Long.toString(ProcessHandle.current().pid() & 0x3fffff));
        // Names are resolved by the operating system.
        setDefault("vertx.disableDnsResolver", "true");
    }

    private static void setDefault(String name, String value) {
        if (System.getProperty(name) == null) System.setProperty(name, value);
    }
}
