package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.gateway.Gateway;
import io.millrace.gateway.Node;
import io.millrace.log.disk.DiskException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LauncherTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final ServerOptions options = ServerConfig.resolve(Map.of(), null, Map.of());

    /** A node without records, that starts or fails as it is told, with one gateway. */
    private static final class SmallNode implements NodeStarter, NodeStarter.Running, Gateway {
        private final Future<Running> started;
        private final Future<String> opened;
        private final AtomicReference<Consumer<Throwable>> onFailure = new AtomicReference<>();

        SmallNode(Throwable notStarted, Throwable notOpened) {
            started = notStarted == null ? Future.succeededFuture(this) : Future.failedFuture(notStarted);
            opened = notOpened == null ? Future.succeededFuture("127.0.0.1:1") : Future.failedFuture(notOpened);
        }

        @Override
        public Future<Running> start(Vertx vertx, ServerOptions options, Consumer<Throwable> onStorageFailure) {
            onFailure.set(onStorageFailure);
            return started;
        }

        @Override
        public List<Gateway> gateways(ServerOptions options) {
            return List.of(this);
        }

        @Override
        public String nodeId() {
            return "n1";
        }

        @Override
        public Future<String> open(Gateway gateway) {
            return opened;
        }

        @Override
        public String name() {
            return "http";
        }

        @Override
        public Future<String> start(Vertx vertx, Node node) {
            return opened;
        }

        @Override
        public Future<Void> stop() {
            return Future.succeededFuture();
        }
    }

    private int run(SmallNode node) {
        var terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]), out, new PrintStream(err, true, UTF_8), Map.of(), false);
        return new Launcher(terminal, node).run(options);
    }

    @Test
    void aNodeThatServesSaysSoInOneLineAndAFailureOfTheStorageEndsItWithThree() throws Exception {
        var node = new SmallNode(null, null);
        var code = CompletableFuture.supplyAsync(() -> run(node));
        await().until(() -> out.toString(UTF_8).endsWith("\n"));
        var line = out.toString(UTF_8);
        assertThat(line).startsWith("READY {").hasLineCount(1);
        var json = new JsonObject(line.substring("READY ".length()));
        assertThat(json.fieldNames()).containsExactly("nodeId", "http", "dataDir", "startMillis");
        assertThat(json.getString("nodeId")).isEqualTo("n1");
        assertThat(json.getString("http")).isEqualTo("127.0.0.1:1");
        assertThat(json.getString("dataDir")).startsWith("/").endsWith("/millrace-data");

        node.onFailure.get().accept(new DiskException(DiskException.Reason.FAILED, "broken"));
        assertThat(code.get()).isEqualTo(Exit.STORAGE);
        assertThat(out.toString(UTF_8)).isEqualTo(line);
    }

    @Test
    void aDirectoryThatSomebodyElseHasIsAMatterOfConfiguration() {
        var locked = new DiskException(DiskException.Reason.LOCKED, "locked by the process with pid 77");
        assertThat(run(new SmallNode(locked, null))).isEqualTo(Exit.USAGE);
        assertThat(err.toString(UTF_8)).contains("data.dir", "pid 77");
        assertThat(out.size()).isZero();
    }

    @Test
    void aDiskThatFailsAtTheStartIsAFailureOfTheStorage() {
        var failed = new RuntimeException(new DiskException(DiskException.Reason.FAILED, "I/O error"));
        assertThat(run(new SmallNode(failed, null))).isEqualTo(Exit.STORAGE);
        assertThat(err.toString(UTF_8)).contains("I/O error");
    }

    @Test
    void aPortThatIsUsedIsNamedByItsKey() {
        assertThat(run(new SmallNode(null, new BindException("Address already in use: /127.0.0.1:8080"))))
                .isEqualTo(Exit.USAGE);
        assertThat(err.toString(UTF_8)).contains("http.port", "already in use");
        assertThat(out.size()).isZero();
    }

    @Test
    void ourOwnMistakeIsAFailedOperation() {
        assertThat(run(new SmallNode(new IllegalStateException("impossible"), null)))
                .isEqualTo(Exit.FAILED);
        assertThat(out.size()).isZero();
    }
}
