package io.millrace.sim;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** No log lines while disks fail by the thousand. {@code -Dlog=true} shows them. */
public final class QuietLogs implements BeforeAllCallback, AfterAllCallback {
    private static final Logger LOGS = Logger.getLogger("io.millrace");

    @Override
    public void beforeAll(ExtensionContext context) {
        if (!Boolean.getBoolean("log")) LOGS.setLevel(Level.OFF);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        LOGS.setLevel(null);
    }
}
