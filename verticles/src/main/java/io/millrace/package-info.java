/**
 * The public API. Start with {@link io.millrace.Broker}: it makes topics, {@link io.millrace.Producer}s and {@link
 * io.millrace.Consumer}s. What travels are {@link io.millrace.OutgoingRecord}s on the way in, answered by a {@link
 * io.millrace.Receipt}, and {@link io.millrace.Record}s on the way out; a {@link io.millrace.Codec} turns bytes into
 * values. All futures complete, and all handlers run, on the Vert.x context that asked. Errors are {@link
 * io.millrace.model.MillraceException}s.
 *
 * <p>The same API for RxJava 3 is generated into {@code io.millrace.rxjava3}.
 */
@ModuleGen(name = "millrace", groupPackage = "io.millrace")
@NullMarked
package io.millrace;

import io.vertx.codegen.annotations.ModuleGen;
import org.jspecify.annotations.NullMarked;
