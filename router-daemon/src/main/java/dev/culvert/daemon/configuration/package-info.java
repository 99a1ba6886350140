/**
 * Candidate, commit and rollback: what operators do to the configuration, and how it is kept. Begin
 * with {@link dev.culvert.daemon.configuration.ConfigurationStore}.
 */
@NullMarked
package dev.culvert.daemon.configuration;

import org.jspecify.annotations.NullMarked;
