/**
 * The command line and the launcher of the server. {@link io.millrace.server.Main} picks the command; {@link
 * io.millrace.server.ServerKey} is the one table of everything that can be configured, {@link
 * io.millrace.server.ConfigFile} reads a file of it, {@link io.millrace.server.ServerConfig} decides what holds, and {@link
 * io.millrace.server.Launcher} starts and stops the node. Commands that talk to a running broker are in {@code client}.
 *
 * <p>Main thread. Ring 2. Data goes to stdout, everything else to stderr; both only through {@link
 * io.millrace.server.Terminal}.
 */
@NullMarked
package io.millrace.server;

import org.jspecify.annotations.NullMarked;
