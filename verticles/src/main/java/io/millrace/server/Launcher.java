package io.millrace.server;

import io.millrace.StorageType;
import io.millrace.gateway.Gateway;
import io.millrace.log.disk.DiskException;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a node with its gateways, says READY, and waits for the end: SIGTERM, which stops everything in order, or a
 * failure of the storage, which stops the process at once (durability contract, R5).
 */
final class Launcher {
    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
    private static final long STOP_SECONDS = 28;

    /** Somebody else has the port. */
    private static final class PortUsed extends RuntimeException {
        PortUsed(String message, Throwable cause) {
            super(message, cause, false, false);
        }
    }

    private final Terminal terminal;
    private final NodeStarter starter;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final List<Gateway> gateways = new ArrayList<>();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private NodeStarter.@Nullable Running running;

    Launcher(Terminal terminal, NodeStarter starter) {
        this.terminal = terminal;
        this.starter = starter;
    }

    static Launcher ofProcess(Terminal terminal) {
        return new Launcher(terminal, new LocalNode());
    }

    /** Returns when the node is over, with the exit code; after SIGTERM not at all. */
    int run(ServerOptions options) {
        var vertx = vertx(options);
        var hook = new Thread(() -> terminated(vertx), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        int code = await(vertx, options);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.info("stopping already");
        }
        return code;
    }

    private static Vertx vertx(ServerOptions options) {
        var files = new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false);
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(options.eventLoops())
                .setPreferNativeTransport(true)
                .setWorkerPoolSize(4)
                .setInternalBlockingPoolSize(4)
                .setFileSystemOptions(files));
    }

    private int await(Vertx vertx, ServerOptions options) {
        if (options.insecureNetwork()) {
            LOG.warn("insecure.network=true: listeners without authentication may be reached from other machines");
        }
        vertx.runOnContext(now -> start(vertx, options).onComplete(result -> {
            if (result.failed()) started.completeExceptionally(result.cause());
            else started.complete(null);
        }));
        try {
            started.get();
            terminal.line(ready(options));
            LOG.info("starting -> serving, {}", addresses);
            return exit.get();
        } catch (ExecutionException e) {
            return explain(e.getCause());
        } catch (IOException e) {
            LOG.error("stdout cannot be written to, so that nobody can know that the node is ready", e);
            return Exit.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Exit.FAILED;
        }
    }

    private Future<Void> start(Vertx vertx, ServerOptions options) {
        return starter.start(vertx, options, this::storageFailed).compose(node -> {
            running = node;
            Future<Void> all = Future.succeededFuture();
            for (var gateway : starter.gateways(options)) all = all.compose(before -> open(gateway, node));
            return all;
        });
    }

    private Future<Void> open(Gateway gateway, NodeStarter.Running node) {
        return node.open(gateway)
                .recover(failure -> Future.failedFuture(
                        !cannotBind(failure)
                                ? failure
                                : new PortUsed(
                                        gateway.name() + ".port: cannot listen there: " + failure.getMessage(),
                                        failure)))
                .onSuccess(address -> {
                    gateways.add(gateway);
                    addresses.put(gateway.name(), address);
                })
                .mapEmpty();
    }

    /** The line that tells scripts where the node is. */
    private String ready(ServerOptions options) {
        var node = running;
        if (node == null) throw new IllegalStateException("started without a node");
        var json = new JsonObject().put("nodeId", node.nodeId());
        addresses.forEach(json::put);
        if (options.storage() != StorageType.MEMORY) {
            json.put(
                    "dataDir",
                    Path.of(options.dataDir()).toAbsolutePath().normalize().toString());
        }
        return "READY " + json.put("startMillis", millisSinceProcessStart()).encode();
    }

    /**
     * On Linux from the clock that processes are stamped with, in hundredths of a second; {@link ProcessHandle} adds that
     * to a boot time that is known to the second only.
     */
    private static long millisSinceProcessStart() {
        try {
            var stat = Files.readString(Path.of("/proc/self/stat"));
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            var uptime = Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0];
            return Math.max(0, Math.round(Double.parseDouble(uptime) * 1000) - 10 * Long.parseLong(fields[19]));
        } catch (IOException | RuntimeException elsewhere) {
            var now = Instant.now();
            var began = ProcessHandle.current().info().startInstant().orElse(now);
            return Math.max(0, now.toEpochMilli() - began.toEpochMilli());
        }
    }

    private void storageFailed(Throwable failure) {
        LOG.error(
                "serving -> stopped: the storage failed. What was acknowledged before is safe; look at the device",
                failure);
        exit.complete(Exit.STORAGE);
    }

    /** Says why the node did not start; gives the exit code. */
    private int explain(@Nullable Throwable failure) {
        var disk = caused(failure, DiskException.class);
        var refused = caused(failure, MillraceException.class);
        if (disk != null) {
            terminal.err().println("millrace server: data.dir: " + disk.getMessage());
            return switch (disk.reason()) {
                case LOCKED, NOT_A_FILE, UNUSABLE -> Exit.USAGE;
                default -> Exit.STORAGE;
            };
        }
        if (failure instanceof PortUsed || failure instanceof IllegalArgumentException) {
            terminal.err().println("millrace server: " + failure.getMessage());
            return Exit.USAGE;
        }
        if (refused != null) {
            terminal.err().println("millrace server: " + refused.refusal() + ": " + refused.getMessage());
            return refused.refusal() == Refusal.STORAGE_FAILED ? Exit.STORAGE : Exit.FAILED;
        }
        LOG.error("starting -> stopped: the node cannot start", failure);
        return Exit.FAILED;
    }

    /** The JDK has an exception of its own for this; Netty's epoll has another, and tells it by its words. */
    private static boolean cannotBind(@Nullable Throwable failure) {
        if (caused(failure, BindException.class) != null) return true;
        var io = caused(failure, IOException.class);
        return io != null && String.valueOf(io.getMessage()).startsWith("bind(");
    }

    private static <T extends Throwable> @Nullable T caused(@Nullable Throwable failure, Class<T> by) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (by.isInstance(cause)) return by.cast(cause);
        }
        return null;
    }

    /** SIGTERM or SIGINT. Ends the process itself, because the virtual machine would report a signal and not success. */
    private void terminated(Vertx vertx) {
        LOG.info("serving -> stopping, by signal");
        int code = Exit.SUCCESS;
        try {
            var done = Promise.<Void>promise();
            var unused = started.whenComplete((nothing, failure) -> vertx.runOnContext(now -> stop().onComplete(done)));
            done.future().toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
            LOG.info("stopping -> stopped");
        } catch (ExecutionException e) {
            LOG.error("stopping -> stopped, not cleanly", e.getCause());
            code = caused(e.getCause(), DiskException.class) == null ? Exit.FAILED : Exit.STORAGE;
        } catch (TimeoutException e) {
            LOG.error("stopping -> stopped, not cleanly: it took longer than {} s", STOP_SECONDS);
            code = Exit.FAILED;
        } catch (InterruptedException e) {
            code = Exit.FAILED;
        }
        Runtime.getRuntime().halt(code);
    }

    private Future<Void> stop() {
        var closing = Future.join(gateways.stream().map(Gateway::stop).toList());
        return closing.transform(gatewaysClosed -> {
            var node = running;
            if (gatewaysClosed.failed()) LOG.warn("a gateway did not close", gatewaysClosed.cause());
            return node == null ? Future.succeededFuture() : node.stop();
        });
    }
}
