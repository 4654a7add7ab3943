"""What people look at: tables now, plots and pages later. Knows nothing but the store."""
